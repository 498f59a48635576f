"""ONNX files as models: read to calls, run node by node in float64 by the reference evaluator of `onnx`."""
