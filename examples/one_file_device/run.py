"""Use the metronome in the file beside this script."""

from __future__ import annotations

from iohub_core import launchHubServer


def main() -> None:
    """Listen to it for half a second."""
    with launchHubServer(iohub_config_name="iohub_config.yaml") as io:
        io.wait(0.55)
        beats = io.devices.metronome.getEvents()
        delays = [event.delay * 1000 for event in beats]
        print(f"{len(beats)} beats, the latest {max(delays):.2f} ms late")


if __name__ == "__main__":
    main()
