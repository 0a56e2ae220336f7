<?php
// SPDX-License-Identifier: AGPL-3.0-or-later

/** The locale of WordPress for a language of ours, '' (English) when it is not in the image. */
function archipel_locale( string $language ): string {
	foreach ( array( $language, $language . '_' . strtoupper( $language ) ) as $locale ) {
		if ( preg_match( '/^[a-z]{2,3}(_[A-Z]{2})?$/D', $locale ) && is_readable( WP_CONTENT_DIR . '/languages/' . $locale . '.mo' ) ) {
			return $locale;
		}
	}
	return '';
}

/** Install with the first pages of WordPress in the language of the space. Its first account has no role: nobody signs in by it. */
function archipel_install(): void {
	global $wp_rewrite;
	$locale = archipel_locale( archipel_environment( 'LANGUAGE' ) );
	if ( $locale ) {
		// Before anything is written: the first pages and formats follow it.
		load_default_textdomain( $locale );
		$GLOBALS['wp_locale'] = new WP_Locale();
	}
	$title = archipel_environment( 'TITLE', archipel_environment( 'ADDRESS' ) );
	// They belong to the first person with a role, see people.php.
	$made = wp_install( $title, 'archipel', ARCHIPEL_NOBODY, true, '', wp_slash( wp_generate_password( 64 ) ), $locale );
	( new WP_User( $made['user_id'] ) )->set_role( '' );
	$wp_rewrite->set_permalink_structure( '/%year%/%monthnum%/%day%/%postname%/' );
	$wp_rewrite->flush_rules( false );
	update_option( 'timezone_string', archipel_environment( 'TZ', 'Europe/Paris' ) );
	update_option( 'comment_moderation', '1' );
	update_option( 'default_pingback_flag', '0' );
	update_option( 'default_ping_status', 'closed' );
	update_option( 'comments_notify', '0' );
	update_option( 'ping_sites', '' );
}
