"""DICOM bytes as they lie: walking, headers and Part 10 file meta without decoding or copying pixel data."""
