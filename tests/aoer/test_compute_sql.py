"""Placeholder."""
async def test_x(db):
    print(await db.fetch("select * from aoer_calibrated(array[gen_random_uuid()])"))
