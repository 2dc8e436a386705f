"""DICOMweb (PS3.18) as rules over bytes and strings: multipart, JSON, queries, media types, frames."""
