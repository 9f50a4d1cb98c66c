"""What is known of folders and files: which of them are one photo, and where it was taken."""
