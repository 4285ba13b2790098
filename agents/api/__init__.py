"""The management endpoints: what each takes and answers, as checked models. `http` knows the protocol, the others a subject."""
