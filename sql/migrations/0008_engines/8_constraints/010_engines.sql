CALL add_constraint('dispatch_offers', 'dispatch_offers_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
CALL add_constraint('dispatch_offers', 'dispatch_offers_order_fkey',
                    'FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)');
CALL add_constraint('dispatch_offers', 'dispatch_offers_driver_fkey',
                    'FOREIGN KEY (tenant_id, driver_id) REFERENCES drivers (tenant_id, id)');
CALL add_constraint('travel_factors', 'travel_factors_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
