"""What can be measured of the cells of one frame; nothing here loops over pixels."""
