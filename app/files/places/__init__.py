"""What the places are called where positions lie."""
