<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// No way in but the one of signing_in.php: no passphrase, no reset, no registration, no application password, no XML-RPC.

defined( 'ABSPATH' ) || exit;

// The page of WordPress for signing in leads to ours; it still opens posts protected by a password of their own.
add_action(
	'login_init',
	static function (): void {
		// What WordPress is about to do, which is not always what the address calls it (`?action=postpass&key=…`).
		$action = $GLOBALS['action'];
		if ( 'postpass' === $action || 'confirmaction' === $action ) {
			return;
		}
		if ( 'logout' === $action ) {
			archipel_leave();
		}
		if ( 'login' === $action && 'POST' !== ( $_SERVER['REQUEST_METHOD'] ?? '' ) ) {
			archipel_begin( archipel_wanted( $_REQUEST['redirect_to'] ?? '' ) );
		}
		$links = array( home_url( '/archipel/sign-in' ) => archipel_word( 'again' ), home_url( '/' ) => archipel_word( 'home' ) );
		archipel_page( 403, archipel_word( 'closed_title' ), archipel_word( 'closed' ), $links );
	},
	0
);

// Whatever asks WordPress to check a passphrase is told no, last word.
add_filter( 'authenticate', static fn() => new WP_Error( 'archipel_closed', archipel_word( 'closed' ) ), PHP_INT_MAX );
add_filter( 'allow_password_reset', '__return_false' );
add_filter( 'show_password_fields', '__return_false' );
add_filter( 'wp_is_application_passwords_available', '__return_false' );
add_filter( 'xmlrpc_enabled', '__return_false' );
add_filter( 'xmlrpc_methods', '__return_empty_array' );
add_filter( 'pre_option_users_can_register', static fn(): string => '0' );
add_filter( 'pre_option_default_role', static fn(): string => 'subscriber' );
add_filter( 'enable_loading_advanced_cache_dropin', '__return_false' );
remove_action( 'wp_head', 'rsd_link' );
remove_action( 'wp_head', 'wp_generator' );
add_filter( 'the_generator', '__return_empty_string' );

// A theme is a folder of the image: one named with a way elsewhere (a database that was brought back, the preview of the
// customizer) would have WordPress run what people sent. No default is known yet here: a theme that is not there shows nothing.
$archipel_theme = static fn( $name ): string => is_string( $name ) && preg_match( '/^[A-Za-z0-9_-]+$/D', $name ) ? $name : 'none';
add_filter( 'template', $archipel_theme, PHP_INT_MAX );
add_filter( 'stylesheet', $archipel_theme, PHP_INT_MAX );
// Files that people send lie where their room is measured.
add_filter( 'pre_option_upload_path', '__return_empty_string' );
add_filter( 'pre_option_upload_url_path', '__return_empty_string' );

// The page of all options would let an administrator of the website write any row: where people sign in, what each role may.
add_filter( 'allowed_options', static fn( array $pages ): array => array_diff_key( $pages, array( 'options' => 1 ) ), PHP_INT_MAX );
add_action(
	'load-options.php',
	static function (): void {
		if ( in_array( $_POST['option_page'] ?? 'options', array( 'options', '' ), true ) ) {
			archipel_page( 403, archipel_word( 'not_here_title' ), archipel_word( 'not_here' ), array( admin_url() => archipel_word( 'home' ) ) );
		}
	},
	0
);

// The window that asks to sign in again sits in a frame, where the place to sign in does not show itself.
add_action( 'admin_init', static fn() => remove_action( 'admin_enqueue_scripts', 'wp_auth_check_load' ) );
add_filter( 'admin_email_check_interval', '__return_zero' );
add_filter( 'wp_should_load_remote_block_patterns', '__return_false' );
add_filter( 'should_load_remote_block_patterns', '__return_false' );

// Where requests may go is looked at before they leave, not where an answer leads them afterwards.
add_filter( 'http_request_args', static fn( array $asked ): array => array( 'redirection' => 0 ) + $asked, PHP_INT_MAX );

// Strangers get no list of the people.
add_filter(
	'rest_pre_dispatch',
	static function ( $result, $server, WP_REST_Request $request ) {
		if ( ! is_user_logged_in() && preg_match( '#^/wp/v2/users(/|$)#i', $request->get_route() ) ) {
			return rest_convert_error_to_response( new WP_Error( 'rest_forbidden', archipel_word( 'closed_title' ), array( 'status' => 401 ) ) );
		}
		return $result;
	},
	10,
	3
);
add_filter( 'wp_sitemaps_add_provider', static fn( $provider, string $name ) => 'users' === $name ? false : $provider, 10, 2 );
add_filter(
	'request',
	static function ( array $asked ): array {
		// `?author=1`, `2`, `3` … would count them out one by one, in feeds too; the pages of those who wrote keep their own address.
		$numbered = isset( $_GET['author'] ) || isset( $_POST['author'] );
		if ( $numbered && empty( $asked['rest_route'] ) && ! is_user_logged_in() ) {
			remove_action( 'template_redirect', 'redirect_canonical' );
			return array( 'error' => '404' );
		}
		return $asked;
	}
);
