"""What must be true of every case, whatever was broken: one pure function for each promise."""
