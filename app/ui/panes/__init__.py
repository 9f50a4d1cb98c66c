"""What people see: each tells what a person did, and knows nobody."""
