"""What tests share: where real data lies, which peers this machine has, and a browser that watches the page."""
