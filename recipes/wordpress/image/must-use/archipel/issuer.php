<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Speaks to the place where people sign in (OpenID Connect Discovery 1.0, Core 1.0).

defined( 'ABSPATH' ) || exit;

/** The place where people sign in does not answer, or answers something else than it should. */
class Archipel_Silent extends RuntimeException {}

class Archipel_Issuer {
	const FRESH = 3600;

	public static function id(): string {
		return rtrim( archipel_environment( 'ISSUER' ), '/' );
	}

	public static function client_id(): string {
		return archipel_environment( 'CLIENT_ID' );
	}

	/** What the issuer says of itself, kept for an hour. */
	public static function about(): array {
		$known = self::kept( 'archipel_discovery' );
		if ( $known && ( $known['issuer'] ?? '' ) === self::id() ) {
			return $known;
		}
		$told = self::get( self::id() . '/.well-known/openid-configuration' );
		if ( ( $told['issuer'] ?? null ) !== self::id() ) {
			throw new Archipel_Silent( 'discovery names another issuer' );
		}
		foreach ( array( 'authorization_endpoint', 'token_endpoint', 'jwks_uri' ) as $name ) {
			self::checked( $told[ $name ] ?? '' );
		}
		set_transient( 'archipel_discovery', $told, self::FRESH );
		return $told;
	}

	/** The public key (PEM) of a key id; the set is read again for an unknown one, twice a minute at most. */
	public static function key( string $kid ): string {
		$keys = self::kept( 'archipel_keys' );
		if ( ! isset( $keys[ $kid ] ) && ( ! $keys || ! get_transient( 'archipel_keys_read' ) ) ) {
			set_transient( 'archipel_keys_read', 1, 30 );
			$keys = array();
			$read = self::get( self::about()['jwks_uri'] )['keys'] ?? array();
			foreach ( is_array( $read ) ? $read : array() as $jwk ) {
				if ( is_array( $jwk ) && is_string( $jwk['kid'] ?? null ) ) {
					$keys[ $jwk['kid'] ] = Archipel_Tokens::pem( $jwk );
				}
			}
			set_transient( 'archipel_keys', $keys, self::FRESH );
		}
		return $keys[ $kid ] ?? '';
	}

	/** Change a code into tokens; `Archipel_Invalid` when the issuer does not take it. */
	public static function tokens( string $code, string $verifier, string $redirect_uri ): array {
		$login = rawurlencode( self::client_id() ) . ':' . rawurlencode( archipel_secret( 'client_secret' ) );
		return self::call(
			self::about()['token_endpoint'],
			array(
				'method'  => 'POST',
				'headers' => array( 'Authorization' => 'Basic ' . base64_encode( $login ), 'Accept' => 'application/json' ),
				'body'    => array(
					'grant_type'    => 'authorization_code',
					'code'          => $code,
					'redirect_uri'  => $redirect_uri,
					'code_verifier' => $verifier,
				),
			)
		);
	}

	public static function userinfo( string $access_token ): array {
		$address = self::about()['userinfo_endpoint'] ?? '';
		return $address ? self::get( $address, array( 'Authorization' => 'Bearer ' . $access_token ) ) : array();
	}

	private static function get( string $address, array $headers = array() ): array {
		return self::call( $address, array( 'method' => 'GET', 'headers' => $headers + array( 'Accept' => 'application/json' ) ) );
	}

	private static function call( string $address, array $more ): array {
		$usual = array(
			'timeout'             => 10,
			'redirection'         => 0,
			'limit_response_size' => 262144,
			'sslcertificates'     => archipel_environment( 'CA_FILE', '/etc/ssl/certs/ca-certificates.crt' ),
		);
		$answer = wp_remote_request( self::checked( $address ), $more + $usual );
		if ( is_wp_error( $answer ) ) {
			throw new Archipel_Silent( $answer->get_error_code() );
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		$body   = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( in_array( $status, array( 400, 401, 403 ), true ) ) {
			throw new Archipel_Invalid( 'issuer answered ' . $status . ' ' . sanitize_key( (string) ( $body['error'] ?? '' ) ) );
		}
		if ( 200 !== $status || ! is_array( $body ) ) {
			throw new Archipel_Silent( 'status ' . $status );
		}
		return $body;
	}

	/** Only TLS, except where the host said that this is a test. */
	private static function checked( $address ): string {
		$schemes = 'local' === wp_get_environment_type() ? array( 'https', 'http' ) : array( 'https' );
		if ( ! is_string( $address ) || ! in_array( wp_parse_url( $address, PHP_URL_SCHEME ), $schemes, true ) ) {
			throw new Archipel_Silent( 'an address of the issuer is not https' );
		}
		return $address;
	}

	private static function kept( string $name ): array {
		$kept = get_transient( $name );
		return is_array( $kept ) ? $kept : array();
	}
}
