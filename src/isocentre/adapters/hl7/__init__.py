"""HL7 v2 over MLLP: the listener for messages about who a patient is."""
