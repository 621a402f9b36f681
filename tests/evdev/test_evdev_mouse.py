"""Mice of the kernel, from bytes in the kernel's format; there is no real one to test with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iohub_evdev import wire
from iohub_evdev.mouse import EvdevMouse
from iohub_mouse.native import MOVE, PRESS, RELEASE, SCROLL
from tests.evdev.kernel import FakeKernel, key

Open = Callable[..., Any]


def mouse(kernel: FakeKernel) -> str:
    return kernel.plug(5, "Logitech", keyboard=False, mouse=True)


def test_steps_add_up_to_a_position_one_move_a_report(kernel: FakeKernel, opened: Open) -> None:
    file = mouse(kernel)
    received = opened(EvdevMouse)
    kernel.tell(file, 1.0, (wire.EV_REL, wire.REL_X, 3), (wire.EV_REL, wire.REL_Y, -2))
    kernel.tell(file, 1.001, (wire.EV_REL, wire.REL_X, 4))
    first, second = received.take(2)
    assert (first.kind, first.x, first.y, first.device_id) == (MOVE, 3, -2, 6)
    assert (second.x, second.y, second.tick) == (7, -2, 1_001_000)
    received.backend.warp(100, 50)
    kernel.tell(file, 1.002, (wire.EV_REL, wire.REL_Y, 1))
    assert (received.take(1)[0].y, received.backend.query().x) == (51, 100)


def test_buttons_and_wheels(kernel: FakeKernel, opened: Open) -> None:
    file = mouse(kernel)
    received = opened(EvdevMouse)
    kernel.tell(file, 1.0, key(wire.BTN_LEFT, 1))
    kernel.tell(file, 1.1, key(wire.BTN_LEFT + 1, 1))
    kernel.tell(file, 1.2, (wire.EV_REL, wire.REL_WHEEL, -1), (wire.EV_REL, 11, -120))
    kernel.tell(file, 1.3, (wire.EV_REL, wire.REL_HWHEEL, 1))
    left, right, down, sideways = received.take(4)
    assert (left.kind, left.button, right.button) == (PRESS, 1, 2)
    assert (down.kind, down.dx, down.dy) == (SCROLL, 0, -1)
    assert (sideways.dx, sideways.dy) == (1, 0)
    assert received.backend.query().buttons == 3


def test_a_mouse_pulled_out_lets_its_buttons_go(kernel: FakeKernel, opened: Open) -> None:
    file = mouse(kernel)
    received = opened(EvdevMouse)
    kernel.tell(file, 1.0, key(wire.BTN_LEFT, 1))
    received.take(1)
    kernel.unplug(file)
    (release,) = received.take(1)
    assert (release.kind, release.button) == (RELEASE, 1)
    assert received.backend.query().buttons == 0


def test_buttons_the_kernel_dropped_are_asked_for(kernel: FakeKernel, opened: Open) -> None:
    file = mouse(kernel)
    received = opened(EvdevMouse)
    kernel.nodes[file].down = {wire.BTN_LEFT + 2}
    kernel.tell(file, 2.0, (wire.EV_SYN, wire.SYN_DROPPED, 0), (wire.EV_REL, wire.REL_X, 9))
    (press,) = received.take(1)
    assert (press.kind, press.button, press.x) == (PRESS, 4, 0)
