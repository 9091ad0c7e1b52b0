"""Files on the disk: written so that they last, and read only once they are checked."""
