"""How long trips take: great circle by default, a routing server where there is one, learned factors on top."""
