"""The AOER rating: pure maths, arrays in and arrays out, no I/O. Tenants are rows and every step is vectorised over them."""
