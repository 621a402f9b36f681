"""Send trigger codes to a serial trigger box, and read the codes it sends.

    python trigger_box.py                 a virtual box, so that it runs without hardware
    python trigger_box.py /dev/ttyUSB0    a real one: the code goes out, and comes back if the
                                          box answers (or if its RX and TX pins are bridged)

A trigger code is one byte. Without an `event_parser`, every byte that comes in is an event, so
the example needs none. The time of an event is when its first byte began on the line.
"""

from __future__ import annotations

import itertools
import sys

from iohub_core import launchHubServer

CODES = {"fixation": 1, "target": 2, "response": 3, "end": 255}
ANSWER_DELAY_S = 0.003


def main() -> None:
    """Run five trials' worth of codes."""
    settings = {"name": "triggers", "baud": 115200}
    virtual = len(sys.argv) < 2
    if virtual:
        settings["backend"] = "virtual"
    else:
        settings["port"] = sys.argv[1]

    with launchHubServer(monitor_devices=[{"serial.Serial": settings}]) as io:
        triggers = io.devices.triggers
        if virtual:
            # The scripted device on the far side sends each code back, 3 ms later.
            for code in CODES.values():
                triggers.simulateReply(bytes([code]), bytes([code]), ANSWER_DELAY_S)

        for name, code in CODES.items():
            sent_at = io.getTime()
            triggers.write(bytes([code]))
            events = triggers.waitForEvents(maxWait=0.5)
            if not events:
                print(f"{name:10} code {code:3} sent, no answer")
            for event in events:
                print(
                    f"{name:10} code {code:3} sent at {sent_at:.4f} s, "
                    f"{event.data[0]:3} came {1000 * (event.time - sent_at):.2f} ms later "
                    f"(±{1000 * event.confidence_interval:.2f} ms)"
                )

        # A box can also send codes by itself, e.g. from a scanner or a photodiode.
        if virtual:
            triggers.simulate([[0.01, b"\x05"], [0.01, b"\x05"], [0.01, b"\x05"]])
            pulses = []
            while len(pulses) < 3:
                pulses += triggers.waitForEvents(maxWait=1.0)
            gaps = [b.time - a.time for a, b in itertools.pairwise(pulses)]
            print("scanner pulses:", ", ".join(f"{1000 * gap:.1f} ms apart" for gap in gaps))

        state = triggers.getCurrentDeviceState()
        print(f"{state['bytes_sent']} bytes sent, {state['bytes_received']} received")


if __name__ == "__main__":
    main()
