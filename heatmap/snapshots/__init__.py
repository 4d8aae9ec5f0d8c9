"""What a page looked like: taken by Chromium on a developer's machine or in CI, kept by release and state."""
