"""Ground reaction forces, centres of pressure and joint moments from motion alone."""
