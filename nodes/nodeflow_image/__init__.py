"""The image pack: pictures and masks loaded, changed, combined and saved with numpy and Pillow."""
