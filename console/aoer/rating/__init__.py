"""The AOER rating: pure maths, arrays in and arrays out, no I/O. Every step is vectorised over tenants."""
