"""BPMN 2.0: the mapping of spec 30 §20, both ways, as bpmn-io writes and reads it."""
