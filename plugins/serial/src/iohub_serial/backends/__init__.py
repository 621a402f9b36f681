"""Where bytes come from: a port of pyserial, or a virtual one with a scripted device behind it."""
