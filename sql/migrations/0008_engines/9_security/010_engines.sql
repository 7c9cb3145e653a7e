GRANT SELECT ON dispatch_offers, travel_factors, webhook_deliveries TO aoer_viewer, aoer_worker;
GRANT INSERT, UPDATE ON dispatch_offers, travel_factors, webhook_deliveries TO aoer_operator, aoer_worker;

-- Row level security exists from version 6 on; on a database that stops before it there is nothing to protect with.
DO $$
BEGIN
  IF to_regprocedure('aoer_protect_table(regclass,name,text)') IS NOT NULL THEN
    CALL aoer_protect_table('dispatch_offers');
    CALL aoer_protect_table('travel_factors');
    CALL aoer_protect_table('webhook_deliveries');
  END IF;
END
$$;

COMMENT ON TABLE dispatch_offers IS 'Orders offered to drivers in offer/accept mode, one open offer for each order';
COMMENT ON COLUMN dispatch_offers.rank IS 'First, second or third choice for the order';
COMMENT ON TABLE travel_factors IS 'Learned slowness by vehicle and hour: time taken by time assumed';
COMMENT ON COLUMN travel_factors.hour IS 'Hour of the tenant''s day; -1 for the whole day';
COMMENT ON TABLE webhook_deliveries IS 'Messages to webhooks, written with their cause and sent at least once';
COMMENT ON COLUMN webhook_deliveries.dedupe_key IS 'Receivers group messages of one trouble by it';
