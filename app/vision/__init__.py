"""What the pictures mean. The only torch and transformers."""
