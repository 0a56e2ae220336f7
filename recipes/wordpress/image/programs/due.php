<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
define( 'DOING_CRON', true );
require __DIR__ . '/load.php';
if ( archipel_state( 'restoring' ) || archipel_paused( 'suspended' ) || archipel_paused( 'read_only' ) ) {
	exit;
}
foreach ( wp_get_ready_cron_jobs() as $time => $hooks ) {
	foreach ( $hooks as $hook => $events ) {
		foreach ( $events as $event ) {
			if ( $event['schedule'] ) {
				wp_reschedule_event( $time, $event['schedule'], $hook, $event['args'] );
			}
			wp_unschedule_event( $time, $hook, $event['args'] );
			do_action_ref_array( $hook, $event['args'] );
		}
	}
}
