"""What people decided, with the way back."""
