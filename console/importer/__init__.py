"""Data in: files of rows read, checked, staged through COPY and upserted, with every rejected row accounted for."""
