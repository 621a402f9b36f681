"""Wait until the participant presses q.

Needs a keyboard (a screen, on Linux an X server). Run it and press q.
"""

from __future__ import annotations

from iohub_core.client import launchHubServer


def main() -> None:
    """Launch, wait, quit."""
    io = launchHubServer()
    print("Press q to end.", flush=True)
    keys = io.devices.keyboard.waitForKeys(keys=["q"])
    for key in keys:
        print(f"{key.type}: {key.key!r} at {key.time:.4f} s (± {key.confidence_interval:.4f} s)")
    io.quit()


if __name__ == "__main__":
    main()
