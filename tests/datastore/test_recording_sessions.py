"""Sessions in files: ids, metadata, trials, flushes, and every way a file can be in the way."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import click
import pytest
import tables
from click.testing import CliRunner

from iohub_core.event import DeviceEvent, column, define_event
from iohub_core.pipeline.sink import SessionRecorder
from iohub_datastore.errors import (
    DataStoreError,
    FileInUseError,
    NotADataFileError,
    SessionExistsError,
    TrialTableError,
)
from iohub_datastore.frames import Kind
from iohub_datastore.journal import JournalReader
from iohub_datastore.layout import METADATA_TABLES, described_columns
from iohub_datastore.paths import journal_path
from iohub_datastore.plugin import iohub_commands, iohub_make_sinks
from iohub_datastore.recovery import recover
from iohub_datastore.sink import HDF5Sink

from .recording_harness import Told, make_context, make_sink, record, stored_ids


def record_session(folder: Path, count: int = 10, **store: Any) -> HDF5Sink:
    sink = make_sink(folder, **store)
    record(sink, range(1, count + 1))
    sink.close("done")
    return sink


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --- ids and metadata ----------------------------------------------------------------------------


def test_no_sink_is_made_unless_the_settings_ask_for_a_recording(tmp_path: Path) -> None:
    assert not list(iohub_make_sinks(make_context(tmp_path, enable=False)))
    (sink,) = iohub_make_sinks(make_context(tmp_path))
    assert isinstance(sink, SessionRecorder)


def test_a_session_is_in_its_file_and_nothing_else_is_left(tmp_path: Path) -> None:
    sink = record_session(tmp_path, 100)
    assert (sink.experiment_id, sink.session_id) == (1, 1)
    assert names_in(tmp_path) == {"data.hdf5"}
    assert stored_ids(tmp_path / "data.hdf5") == list(range(1, 101))
    assert sink.session_metadata()["data_file"] == str(tmp_path / "data.hdf5")
    assert sink.status()["file"] == str(tmp_path / "data.hdf5")


def test_sessions_and_experiments_are_added_and_earlier_ones_stay(tmp_path: Path) -> None:
    ids = []
    for experiment, session in [("a", "1"), ("a", "2"), ("b", "1"), ("a", "3")]:
        sink = record_session(tmp_path, experiment=experiment, session=session)
        ids.append((sink.experiment_id, sink.session_id))
    assert ids == [(1, 1), (1, 2), (2, 3), (1, 4)]
    with tables.open_file(str(tmp_path / "data.hdf5")) as file:
        experiments = file.root.data_collection.experiment_meta_data.col("code").tolist()
        nodes = file.walk_nodes("/data_collection/events", "Table")
        assert sum(node.nrows for node in nodes) == 40
    assert experiments == [b"a", b"b"]


def test_a_code_that_the_experiment_has_already_is_refused_and_nothing_changes(
    tmp_path: Path,
) -> None:
    record_session(tmp_path)
    before = (tmp_path / "data.hdf5").read_bytes()
    with pytest.raises(SessionExistsError, match="session 's1' already"):
        make_sink(tmp_path)
    assert (tmp_path / "data.hdf5").read_bytes() == before
    assert names_in(tmp_path) == {"data.hdf5"}
    record_session(tmp_path, experiment="other")


def test_metadata_keep_full_unicode_at_their_limits(tmp_path: Path) -> None:
    variables = {"name": "Ærø", "nested": {"a": [1, None, "𝄞"]}}
    sink = make_sink(tmp_path, experiment="𝄞" * 256, user_variables=variables)
    sink.close("done")
    with tables.open_file(str(tmp_path / "data.hdf5")) as file:
        row = file.root.data_collection.experiment_meta_data[0]
        session = file.root.data_collection.session_meta_data[0]
    assert row["code"].decode() == "𝄞" * 256
    assert '"Ærø"' in session["user_variables"].decode()
    assert sink.session_metadata()["user_variables"] == variables


def test_user_variables_beyond_their_limit_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataStoreError, match=r"user_variables takes \d+ bytes"):
        make_sink(tmp_path, user_variables={"x": "ä" * 10_000})
    assert not names_in(tmp_path)


def test_every_column_is_described_in_the_file(tmp_path: Path) -> None:
    record_session(tmp_path)
    with tables.open_file(str(tmp_path / "data.hdf5")) as file:
        for node in file.walk_nodes("/", "Table"):
            attributes = {name: node.attrs[name] for name in node.attrs._f_list("user")}
            dtypes = {name: node.dtype[name].str for name in node.colnames}
            for described in described_columns(dtypes, attributes):
                assert described.doc, f"{node._v_pathname}: {described.name}"
        toy = file.get_node("/data_collection/events/toy/ToyInputEvent")
        assert toy.attrs.value_unit == "mV"
        assert toy.attrs.button_names == '{"1": "left", "2": "right"}'
        mapping = {row["class_name"]: row["table_path"] for row in file.root.class_table_mapping}
    assert mapping[b"ToyPressEvent"] == b"/data_collection/events/toy/ToyInputEvent"
    assert mapping[b"DeviceEvent"] == b""


def test_a_file_takes_more_than_300_sessions(tmp_path: Path) -> None:
    from iohub_datastore import h5file, h5tables
    from iohub_datastore.metadata import make_header

    # 300 sessions as add_session makes them, without a process for each
    record_session(tmp_path)
    moment = HDF5Sink(make_context(tmp_path))._moment
    path = tmp_path / "data.hdf5"
    header = make_header(make_context(tmp_path), "many", moment)
    ids = h5file.inspect(path, header)
    with h5file.open_file(path, "a") as file:
        for number in range(2, 302):
            each = make_header(make_context(tmp_path), f"many{number}", moment)
            h5tables.add_session(file, each, type(ids)(**{**_as_dict(ids), "session_id": number}))
    sink = record_session(tmp_path, session="last")
    assert sink.session_id == 302
    assert stored_ids(path, "last") == list(range(1, 11))
    assert stored_ids(path) == list(range(1, 11))


def _as_dict(ids: Any) -> dict[str, Any]:
    import attrs

    return attrs.asdict(ids, recurse=False)


def test_names_come_from_the_session_and_folders_are_made(tmp_path: Path) -> None:
    sink = record_session(tmp_path, filename="", parent_dir="a/b", session='p:1/"x"')
    assert sink.data_file == tmp_path / "a" / "b" / "p_1__x_.hdf5"
    assert sink.data_file.exists()


def test_a_session_without_a_code_is_named_by_its_moment(tmp_path: Path) -> None:
    sink = record_session(tmp_path, filename="", session="")
    assert sink.session_metadata()["code"]
    assert sink.data_file.stem == sink.session_metadata()["code"]


# --- flush and trials ----------------------------------------------------------------------------


def test_flush_returns_when_all_accepted_before_can_be_read(tmp_path: Path) -> None:
    sink = make_sink(tmp_path)
    for first in range(1, 1000, 10):
        record(sink, range(first, first + 10))
    sink.flush()
    code = (
        "import sys, tables\n"
        "with tables.open_file(sys.argv[1]) as f:\n"
        "    print(sum(n.nrows for n in f.walk_nodes('/data_collection/events', 'Table')))"
    )
    env = {"HDF5_USE_FILE_LOCKING": "FALSE"}
    found = subprocess.run(
        [sys.executable, "-c", code, str(sink.data_file)],
        capture_output=True,
        text=True,
        check=True,
        env=env,
    )
    assert found.stdout.strip() == "1000"
    sink.close("done")


def test_requests_from_many_threads_meet_a_stream_of_events(tmp_path: Path) -> None:
    sink = make_sink(tmp_path)
    sink.create_trial_table([["n", "int"]])
    errors: list[BaseException] = []

    def ask(start: int) -> None:
        try:
            for n in range(20):
                sink.add_trial_row({"n": start + n})
                sink.flush()
                sink.status()
        except Exception as error:  # noqa: BLE001 - raised again in the test's thread
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(100 * k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for event_id in range(1, 3001):
        record(sink, range(event_id, event_id + 1))
    for thread in threads:
        thread.join()
    sink.close("done")
    assert not errors
    assert stored_ids(sink.data_file) == list(range(1, 3001))
    with tables.open_file(str(sink.data_file)) as file:
        found = file.root.data_collection.condition_variables.EXP_CV_1.col("n").tolist()
    assert sorted(found) == sorted(100 * k + n for k in range(3) for n in range(20))


def test_a_second_session_adds_to_the_trials_in_any_order_of_columns(tmp_path: Path) -> None:
    for session, columns in [("1", ["a", "b"]), ("2", ["b", "a"])]:
        sink = make_sink(tmp_path, session=session)
        sink.create_trial_table([[name, "int"] for name in columns])
        sink.add_trial_row({"a": 1, "b": 2})
        sink.close("done")
    with tables.open_file(str(tmp_path / "data.hdf5")) as file:
        rows = file.root.data_collection.condition_variables.EXP_CV_1.read()
    assert rows["SESSION_ID"].tolist() == [1, 2]
    assert rows["a"].tolist() == [1, 1]
    assert rows["b"].tolist() == [2, 2]


def test_changed_trial_columns_are_refused_by_name(tmp_path: Path) -> None:
    sink = make_sink(tmp_path, session="1")
    sink.create_trial_table([["a", "int"], ["b", "int"]])
    sink.close("done")
    sink = make_sink(tmp_path, session="2")
    with pytest.raises(TrialTableError, match="new: 'c'; missing: 'b'"):
        sink.create_trial_table([["a", "int"], ["c", "int"]])
    with pytest.raises(TrialTableError, match="no table"):
        sink.add_trial_row({"a": 1})
    sink.close("done")


# --- values that don't fit -----------------------------------------------------------------------


def test_values_that_do_not_fit_are_counted_and_told_and_the_event_is_kept(
    tmp_path: Path,
) -> None:
    from iohub_core.event import codec_of
    from iohub_core.pipeline.batch import Batch

    from .recording_harness import ToyInputEvent

    told = Told()
    sink = make_sink(tmp_path, told)
    event = ToyInputEvent(event_id=1, key="ä" * 7, button=300)
    encoded = codec_of(ToyInputEvent).encode(event)
    sink.record(Batch(device=None, events=[event], records=[encoded]))  # type: ignore[arg-type]
    sink.flush()
    sink.close("done")
    assert len(told.warnings) == 2
    assert any("'key'" in text for text in told.warnings)
    assert any("'button'" in text for text in told.warnings)
    with tables.open_file(str(sink.data_file)) as file:
        row = file.get_node("/data_collection/events/toy/ToyInputEvent")[0]
        details = file.root.data_collection.session_details[0]
    assert row["key"].decode() == "ä" * 6
    assert row["button"] == 255
    assert b'"misfits": 2' in details["summary"]


def test_event_classes_can_be_added_to_a_running_session(tmp_path: Path) -> None:
    from iohub_core.event import codec_of
    from iohub_core.pipeline.batch import Batch

    @define_event(type_id=1750, device="late", table=True)
    class LateEvent(DeviceEvent):
        """Came later."""

        y: int = column("i4", doc="A number.")

    sink = make_sink(tmp_path)
    record(sink, range(1, 4))
    sink.add_event_classes([LateEvent])
    event = LateEvent(event_id=4, y=-5)
    records = [codec_of(LateEvent).encode(event)]
    sink.record(Batch(device=None, events=[event], records=records))  # type: ignore[arg-type]
    sink.close("done")
    with tables.open_file(str(sink.data_file)) as file:
        assert file.get_node("/data_collection/events/late/LateEvent").col("y").tolist() == [-5]


# --- what can be in the way ----------------------------------------------------------------------


def test_a_file_that_is_not_hdf5_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data.hdf5").write_text("my notes")
    with pytest.raises(NotADataFileError, match="not an HDF5 file"):
        make_sink(tmp_path)
    assert (tmp_path / "data.hdf5").read_text() == "my notes"
    assert names_in(tmp_path) == {"data.hdf5"}


def test_an_hdf5_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    with tables.open_file(str(tmp_path / "data.hdf5"), "w") as file:
        file.create_array("/", "x", [1, 2])
    before = (tmp_path / "data.hdf5").read_bytes()
    with pytest.raises(NotADataFileError, match="not written by iohub-datastore"):
        make_sink(tmp_path)
    assert (tmp_path / "data.hdf5").read_bytes() == before


def test_a_file_can_be_reserved_for_one_session(tmp_path: Path) -> None:
    record_session(tmp_path)
    with pytest.raises(DataStoreError, match="multiple_sessions is false"):
        make_sink(tmp_path, session="2", multiple_sessions=False)


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DataStoreError, match=r"/proc.*parent_dir"):
        make_sink(tmp_path, parent_dir="/proc")
    with pytest.raises(DataStoreError, match=r"can't be made.*parent_dir"):
        make_sink(tmp_path, parent_dir="/proc/nowhere")


def test_a_file_being_recorded_is_refused_to_a_second_hub(tmp_path: Path) -> None:
    from iohub_datastore.keeper import WriterKeeper

    sink = make_sink(tmp_path)
    with pytest.raises(FileInUseError, match="still being recorded"):
        make_sink(tmp_path, session="2")
    assert WriterKeeper  # the first goes on
    record(sink, range(1, 11))
    sink.close("done")
    assert stored_ids(sink.data_file) == list(range(1, 11))


def test_a_file_held_open_for_writing_is_refused_and_readers_do_not_matter(tmp_path: Path) -> None:
    record_session(tmp_path)
    path = tmp_path / "data.hdf5"
    with (
        tables.open_file(str(path), "a"),
        pytest.raises(FileInUseError, match="held open by another program"),
    ):
        make_sink(tmp_path, session="2")
    with tables.open_file(str(path), "r") as viewer:
        record_session(tmp_path, session="2")
        assert viewer.root.data_collection.session_meta_data.nrows == 1
    assert stored_ids(path, "2") == list(range(1, 11))


def test_a_launch_that_fails_elsewhere_leaves_nothing_behind(tmp_path: Path) -> None:
    sink = HDF5Sink(make_context(tmp_path))
    sink.open()
    record(sink, range(1, 11))
    sink.close("another device failed")
    assert not names_in(tmp_path)


def test_a_dead_writer_is_told_of_and_replaced(tmp_path: Path) -> None:
    import psutil

    told = Told()
    sink = make_sink(tmp_path, told)
    record(sink, range(1, 11))
    sink.flush()
    psutil.Process(sink.status()["writer_pid"]).kill()
    record(sink, range(11, 21))
    sink.flush()
    assert sink.status()["writer_restarts"] == 1
    assert "another process takes over" in told.warnings[0]
    sink.close("done")
    assert stored_ids(sink.data_file) == list(range(1, 21))
    assert not told.failures


def test_a_full_disk_is_told_at_once_and_what_was_recorded_can_be_read(tmp_path: Path) -> None:
    """A file system of 12 MB in a namespace of its own; skipped where that isn't allowed."""
    script = tmp_path / "full.py"
    script.write_text(FULL_DISK)
    found = subprocess.run(
        ["unshare", "-m", "--propagation", "private", sys.executable, str(script), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parent), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
    )
    if "not permitted" in found.stderr or "unshare: " in found.stderr:
        pytest.skip(found.stderr)
    assert found.returncode == 0, found.stderr
    assert "all there" in found.stdout


FULL_DISK = """
import subprocess, sys, time
from pathlib import Path
from recording_harness import *
folder = Path(sys.argv[1]) / "small"
folder.mkdir()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], check=True)
told = Told()
sink = make_sink(folder, told)
accepted = 0
deadline = time.monotonic() + 30
next_id = 1
while not told.failures:
    assert time.monotonic() < deadline
    record(sink, range(next_id, next_id + 50))
    next_id += 50
first = told.failures[0]
assert "full" in first or "space" in first, first
for _ in range(4000):  # the journal fills too
    record(sink, range(next_id, next_id + 50))
    next_id += 50
status = sink.status()
assert status["events_lost"] > 0, status
accepted = status["events"]
sink.close("done")
found = stored_ids(sink.data_file)  # readable as it is
# Events go into two tables. The disk may have been full between the two, so only what had been
# written as a whole is there without a gap; the rest is in the journal.
whole = status["rows_in_file"]
assert found[:whole] == list(range(1, whole + 1)), (whole, found[:whole][-5:])
assert len(set(found)) == len(found)
subprocess.run(["mount", "-o", "remount,size=150m", str(folder)], check=True)
from iohub_datastore.recovery import recover
report = recover(sink.data_file)
found = stored_ids(sink.data_file)
assert len(found) == accepted, (len(found), accepted, str(report))
assert len(set(found)) == accepted
print("all there", accepted)
"""


# --- recovery ------------------------------------------------------------------------------------


def interrupted(folder: Path, count: int = 60) -> Path:
    """Leave a journal as a session does whose processes were all killed."""
    code = (
        "import sys, os, signal, psutil\n"
        "from pathlib import Path\n"
        "from recording_harness import *\n"
        "sink = make_sink(Path(sys.argv[1]))\n"
        "for i in range(1, int(sys.argv[2]) + 1):\n"
        "    record(sink, range(i, i + 1))\n"
        "    if i == 20: sink.flush()\n"
        "writer = psutil.Process(sink.status()['writer_pid'])\n"
        "writer.suspend()\n"
        "print(writer.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    import psutil

    found = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(count)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parent)},
    )
    writer = psutil.Process(int(found.stdout))
    writer.kill()
    psutil.wait_procs([writer], 10)
    return folder / "data.hdf5"


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_damaged_journal_gives_all_but_the_damaged_frames_and_says_so(
    tmp_path: Path, damage: str
) -> None:
    data_file = interrupted(tmp_path)
    data_file.unlink()  # nothing but the journal
    journal = journal_path(data_file)
    raw = bytearray(journal.read_bytes())
    reader = JournalReader(journal)
    frames = [one for one in reader.read() if one.kind == Kind.EVENTS]
    reader.close()
    assert len(frames) == 60
    if damage == "cut":
        raw = raw[:-5]
        missing = {60}
    else:
        place = raw.index(frames[29].payload)
        raw[place] ^= 0x40
        missing = {30}
    journal.write_bytes(raw)
    report = recover(data_file)
    assert report is not None
    assert len(report.damages) == 1
    assert "damaged" in str(report)
    assert report.kept_journal is not None
    assert report.kept_journal.exists()
    assert stored_ids(data_file) == [i for i in range(1, 61) if i not in missing]


def test_events_the_damaged_journal_lost_are_taken_from_the_data_file(tmp_path: Path) -> None:
    data_file = interrupted(tmp_path)
    recover(data_file)
    # the same session again, its journal damaged, but with the file as the writer left it
    other = tmp_path / "again"
    other.mkdir()
    journal = journal_path(other / "data.hdf5")
    again = interrupted(other)
    saved = journal.read_bytes()
    recover(again)
    raw = bytearray(saved)
    journal.write_bytes(saved)
    reader = JournalReader(journal)
    frames = [one for one in reader.read() if one.kind == Kind.EVENTS]
    reader.close()
    raw[raw.index(frames[10].payload)] ^= 0x01
    journal.write_bytes(raw)
    report = recover(again)
    assert report is not None
    assert report.salvaged == 1
    assert stored_ids(again) == list(range(1, 61))


def test_recovering_twice_changes_nothing(tmp_path: Path) -> None:
    data_file = interrupted(tmp_path)
    saved = journal_path(data_file).read_bytes()
    assert recover(data_file) is not None
    journal_path(data_file).write_bytes(saved)
    assert recover(data_file) is not None
    assert stored_ids(data_file) == list(range(1, 61))
    assert recover(data_file) is None
    assert names_in(tmp_path) == {"data.hdf5"}


def test_a_data_file_that_no_longer_opens_is_made_anew_and_the_old_one_kept(
    tmp_path: Path,
) -> None:
    data_file = interrupted(tmp_path)
    raw = bytearray(data_file.read_bytes())
    raw[60:400] = bytes(340)
    data_file.write_bytes(raw)
    recover(data_file)
    assert stored_ids(data_file) == list(range(1, 61))
    assert any("damaged" in name for name in names_in(tmp_path))


def test_an_unreadable_journal_is_set_aside_by_the_next_launch(tmp_path: Path) -> None:
    journal_path(tmp_path / "data.hdf5").write_bytes(b"rubbish" * 10)
    told = Told()
    sink = make_sink(tmp_path, told)
    record(sink, range(1, 4))
    sink.close("done")
    assert any("nothing could be recovered" in text for text in told.warnings)
    assert any("unreadable" in name for name in names_in(tmp_path))
    assert stored_ids(sink.data_file) == [1, 2, 3]


def test_the_recover_command_finishes_a_file_and_says_what_it_did(tmp_path: Path) -> None:
    data_file = interrupted(tmp_path)
    cli = click.Group("iohubctl")
    iohub_commands(cli)
    found = CliRunner().invoke(cli, ["recover", str(data_file)])
    assert found.exit_code == 0, found.output
    assert "60 rows" in found.output
    found = CliRunner().invoke(cli, ["recover", str(data_file)])
    assert "nothing to recover" in found.output
    found = CliRunner().invoke(cli, ["recover", str(tmp_path / "none.hdf5")])
    assert found.exit_code == 1


def test_a_file_compressed_at_close_takes_further_sessions(tmp_path: Path) -> None:
    record_session(tmp_path, 300, compress_at_close=True)
    with tables.open_file(str(tmp_path / "data.hdf5")) as file:
        node = file.get_node("/data_collection/events/toy/ToyInputEvent")
        assert node.filters.complevel == 5
        assert node.attrs.value_doc == "A reading."
    record_session(tmp_path, 20, session="2")
    assert stored_ids(tmp_path / "data.hdf5") == list(range(1, 301))
    assert stored_ids(tmp_path / "data.hdf5", "2") == list(range(1, 21))


def test_metadata_tables_have_the_layout_that_readers_expect() -> None:
    names = {table.path: table.column_names for table in METADATA_TABLES}
    assert names["/class_table_mapping"] == [
        "class_id",
        "class_type_id",
        "class_name",
        "table_path",
    ]


def test_the_hub_never_imports_numpy_or_pytables_for_a_recording() -> None:
    code = (
        "import sys, iohub_datastore.plugin, iohub_datastore.sink\n"
        "print(sorted({'numpy', 'tables', 'pandas'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
