"""What a checkpoint's folder holds, and loading it whole or not at all."""
