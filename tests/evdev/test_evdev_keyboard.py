"""Keyboards of the kernel, from bytes in the kernel's format; there is no real one to test with."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from iohub_core.devices.backend import BackendContext
from iohub_core.errors import BackendUnavailableError
from iohub_evdev import wire
from iohub_evdev.keyboard import EvdevKeyboard
from iohub_evdev.usable import evdev
from tests.evdev.kernel import KEY_A, KEY_B, KEY_CAPSLOCK, KEY_KP7, KEY_LEFTSHIFT, FakeKernel, key

Open = Callable[..., Any]


def test_a_key_has_its_stamp_number_name_and_character(kernel: FakeKernel, opened: Open) -> None:
    file = kernel.plug(3, "Cherry")
    received = opened()
    kernel.tell(file, 12.345678, (4, 4, 458756), key(KEY_A, 1))
    kernel.tell(file, 12.400001, key(KEY_A, 0))
    press, release = received.take(2)
    assert press.pressed
    assert not release.pressed
    assert press.tick == 12_345_678
    assert press.scan_code == KEY_A + 8
    assert (press.keysym, press.char) == (ord("a"), "a")
    assert press.device_id == 4
    assert press.repeat is False


def test_shift_capslock_and_numlock_change_characters(kernel: FakeKernel, opened: Open) -> None:
    file = kernel.plug(0, "Cherry")
    received = opened()
    kernel.tell(file, 1.0, key(KEY_LEFTSHIFT, 1))
    kernel.tell(file, 1.1, key(KEY_A, 1))
    kernel.tell(file, 1.2, key(KEY_LEFTSHIFT, 0))
    kernel.tell(file, 1.3, key(KEY_CAPSLOCK, 1), (wire.EV_LED, wire.LED_CAPSL, 1))
    kernel.tell(file, 1.4, key(KEY_B, 1))
    kernel.tell(file, 1.5, key(KEY_KP7, 1), key(KEY_KP7, 0))
    kernel.tell(file, 1.6, (wire.EV_LED, wire.LED_NUML, 1))
    kernel.tell(file, 1.7, key(KEY_KP7, 1))
    natives = received.take(8)
    assert [one.char for one in natives] == ["", "A", "", "", "B", "", "", "7"]
    assert natives[5].keysym == 0xFF95  # KP_Home
    assert natives[7].keysym == 0xFFB7  # KP_7
    assert natives[3].locks == 0
    assert natives[4].locks


def test_a_held_key_repeats_and_says_so(kernel: FakeKernel, opened: Open) -> None:
    file = kernel.plug(0, "Cherry")
    received = opened()
    kernel.tell(file, 1.0, key(KEY_A, 1))
    kernel.tell(file, 1.5, key(KEY_A, 2))
    first, second = received.take(2)
    assert (first.repeat, second.repeat) == (False, True)


def test_several_keyboards_are_told_apart_and_mice_left_alone(
    kernel: FakeKernel, opened: Open
) -> None:
    left = kernel.plug(1, "Cherry")
    right = kernel.plug(10, "Apple")
    kernel.plug(2, "a mouse", keyboard=False, mouse=True)
    received = opened()
    assert received.backend.keyboards() == {2: "Cherry", 11: "Apple"}
    kernel.tell(right, 1.0, key(KEY_A, 1))
    (first,) = received.take(1)
    kernel.tell(left, 1.1, key(KEY_A, 1))
    (second,) = received.take(1)
    assert (first.device_id, second.device_id) == (11, 2)


def test_a_keyboard_plugged_in_later_is_read(kernel: FakeKernel, opened: Open) -> None:
    kernel.plug(0, "Cherry")
    received = opened()
    later = kernel.plug(1, "Apple")
    kernel.tell(later, 5.0, key(KEY_B, 1))
    (press,) = received.take(1)
    assert press.device_id == 2


def test_a_file_that_may_be_read_only_later_is_read_then(kernel: FakeKernel, opened: Open) -> None:
    kernel.plug(0, "Cherry")
    received = opened()
    kernel.denied.add("event1")  # udev has not set the group yet
    later = kernel.plug(1, "Apple")
    kernel.tell(later, 5.0, key(KEY_B, 1))
    kernel.denied.clear()
    (kernel.folder / later).chmod(0o640)
    assert received.take(1)[0].device_id == 2


def test_a_keyboard_pulled_out_lets_its_keys_go(kernel: FakeKernel, opened: Open) -> None:
    kernel.plug(0, "Cherry")
    file = kernel.plug(1, "Apple")
    received = opened()
    kernel.tell(file, 1.0, key(KEY_A, 1))
    received.take(1)
    kernel.unplug(file)
    (release,) = received.take(1)
    assert (release.pressed, release.scan_code, release.device_id) == (False, KEY_A + 8, 2)
    assert received.backend.keyboards() == {1: "Cherry"}


def test_what_the_kernel_dropped_is_made_up_from_its_state(
    kernel: FakeKernel, opened: Open
) -> None:
    file = kernel.plug(0, "Cherry")
    received = opened()
    kernel.tell(file, 1.0, key(KEY_A, 1))
    received.take(1)
    kernel.nodes[file].down = {KEY_B}
    kernel.tell(file, 2.0, (wire.EV_SYN, wire.SYN_DROPPED, 0), key(KEY_KP7, 1))
    release, press = received.take(2)
    assert (release.pressed, release.scan_code) == (False, KEY_A + 8)
    assert (press.pressed, press.scan_code) == (True, KEY_B + 8)
    assert press.tick == 2_000_000


def test_keys_down_are_asked_of_the_kernel(kernel: FakeKernel, opened: Open) -> None:
    file = kernel.plug(0, "Cherry")
    received = opened()
    kernel.nodes[file].down = {KEY_A, wire.BTN_LEFT}
    assert received.backend.keys_down() == {KEY_A + 8: ord("a")}


def test_stamps_are_brought_to_hub_time_to_the_microsecond(
    kernel: FakeKernel, opened: Open, context: BackendContext
) -> None:
    file = kernel.plug(0, "Cherry")
    received = opened()
    now = time.monotonic()
    kernel.tell(file, now, key(KEY_A, 1))
    (press,) = received.take(1)
    stamp = received.backend.converter().stamp(press.tick, press.arrival)
    assert stamp.time == pytest.approx(context.clock.from_monotonic(now), abs=2e-6)
    assert stamp.time <= press.arrival
    assert stamp.confidence_interval < 1e-3


def test_without_permission_the_message_names_the_group(
    kernel: FakeKernel, context: BackendContext
) -> None:
    kernel.plug(0, "Cherry")
    kernel.denied.add("event0")
    backend = EvdevKeyboard(None, context, kernel.folder, kernel.open)
    with pytest.raises(BackendUnavailableError, match="usermod -aG input"):
        backend.open(lambda natives: None)
    backend.close()


def test_without_a_keyboard_the_message_says_so(
    kernel: FakeKernel, context: BackendContext
) -> None:
    kernel.plug(0, "a mouse", keyboard=False, mouse=True)
    backend = EvdevKeyboard(None, context, kernel.folder, kernel.open)
    with pytest.raises(BackendUnavailableError, match="no such input device"):
        backend.keyboards()
    backend.close()


def test_usable_says_what_is_missing(kernel: FakeKernel) -> None:
    assert "no input device" in str(evdev(kernel.folder / "nothing"))
    assert "no input device" in str(evdev(kernel.folder))
    kernel.plug(0, "Cherry")
    assert evdev(kernel.folder) is None


def test_closing_twice_opened_devices_gives_all_back(kernel: FakeKernel, opened: Open) -> None:
    file = kernel.plug(0, "Cherry")
    received = opened()
    received.backend.close()
    assert kernel.nodes[file].closed
