"""What lies in folders, found by names alone: no file is opened."""
