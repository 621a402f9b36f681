"""ioHub's paths for reading data files; the classes are those of the datastore plugin."""
