"""Networks that transformers has not. Importing these imports torch, so only ``loading.py`` does, when it loads one."""
