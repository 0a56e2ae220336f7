<?php
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signed tokens (RFC 7515, 7517, 7519), RS256 and nothing else, with OpenSSL.

defined( 'ABSPATH' ) || exit;

/** Something of a token is not as it must be; the message names the check that failed. */
class Archipel_Invalid extends RuntimeException {}

class Archipel_Tokens {
	const SKEW    = 60;
	const LONGEST = 16384;

	public static function decode( string $text ): string {
		$bytes = preg_match( '/^[A-Za-z0-9_-]*$/D', $text ) ? base64_decode( strtr( $text, '-_', '+/' ), true ) : false;
		if ( false === $bytes ) {
			throw new Archipel_Invalid( 'base64' );
		}
		return $bytes;
	}

	public static function encode( string $bytes ): string {
		return rtrim( strtr( base64_encode( $bytes ), '+/', '-_' ), '=' );
	}

	/**
	 * Return the claims of a token whose signature is right.
	 *
	 * @param callable $key_of Gives the public key (PEM) of a key id, '' when there is none.
	 */
	public static function verified( string $token, callable $key_of ): array {
		$parts = strlen( $token ) <= self::LONGEST ? explode( '.', $token ) : array();
		if ( 3 !== count( $parts ) ) {
			throw new Archipel_Invalid( 'form' );
		}
		$header = json_decode( self::decode( $parts[0] ), true );
		$claims = json_decode( self::decode( $parts[1] ), true );
		if ( ! is_array( $header ) || ! is_array( $claims ) ) {
			throw new Archipel_Invalid( 'form' );
		}
		// The algorithm is ours to choose, never the token's; what it calls critical we would have to understand.
		if ( 'RS256' !== ( $header['alg'] ?? '' ) || isset( $header['crit'] ) ) {
			throw new Archipel_Invalid( 'alg' );
		}
		$kid = $header['kid'] ?? '';
		$key = is_string( $kid ) && '' !== $kid ? $key_of( $kid ) : '';
		if ( '' === $key ) {
			throw new Archipel_Invalid( 'kid' );
		}
		$signed = $parts[0] . '.' . $parts[1];
		if ( 1 !== openssl_verify( $signed, self::decode( $parts[2] ), $key, OPENSSL_ALGO_SHA256 ) ) {
			throw new Archipel_Invalid( 'signature' );
		}
		return $claims;
	}

	/** Check who speaks, to whom, and when (OpenID Connect Core 1.0, 3.1.3.7). An audience beside us is not trusted. */
	public static function check( array $claims, string $issuer, string $client_id, int $now ): void {
		if ( ( $claims['iss'] ?? null ) !== $issuer ) {
			throw new Archipel_Invalid( 'iss' );
		}
		if ( array( $client_id ) !== (array) ( $claims['aud'] ?? null ) ) {
			throw new Archipel_Invalid( 'aud' );
		}
		if ( isset( $claims['azp'] ) && $claims['azp'] !== $client_id ) {
			throw new Archipel_Invalid( 'azp' );
		}
		foreach ( array( 'exp', 'iat', 'nbf' ) as $name ) {
			$given = $claims[ $name ] ?? ( 'nbf' === $name ? 0 : null );
			if ( ! is_int( $given ) && ! is_float( $given ) ) {
				throw new Archipel_Invalid( $name );
			}
			if ( 'exp' === $name ? $given + self::SKEW <= $now : $given - self::SKEW > $now ) {
				throw new Archipel_Invalid( $name );
			}
		}
	}

	/** Turn a key of a key set into PEM (SubjectPublicKeyInfo, RFC 5280 and 8017); '' for any that cannot sign RS256. */
	public static function pem( array $jwk ): string {
		$fit = 'RSA' === ( $jwk['kty'] ?? '' ) && 'sig' === ( $jwk['use'] ?? 'sig' ) && 'RS256' === ( $jwk['alg'] ?? 'RS256' );
		if ( ! $fit || ! is_string( $jwk['n'] ?? null ) || ! is_string( $jwk['e'] ?? null ) ) {
			return '';
		}
		$modulus = ltrim( self::decode( $jwk['n'] ), "\0" );
		if ( strlen( $modulus ) < 256 ) {
			return '';  // below 2048 bits
		}
		$key  = self::der( "\x30", self::integer( $modulus ) . self::integer( ltrim( self::decode( $jwk['e'] ), "\0" ) ) );
		$rsa  = hex2bin( '300d06092a864886f70d0101010500' );
		$info = self::der( "\x30", $rsa . self::der( "\x03", "\0" . $key ) );
		return "-----BEGIN PUBLIC KEY-----\n" . chunk_split( base64_encode( $info ), 64, "\n" ) . "-----END PUBLIC KEY-----\n";
	}

	private static function integer( string $bytes ): string {
		return self::der( "\x02", '' !== $bytes && ord( $bytes[0] ) > 127 ? "\0" . $bytes : $bytes );
	}

	private static function der( string $tag, string $content ): string {
		$size = strlen( $content );
		$long = ltrim( pack( 'N', $size ), "\0" );
		return $tag . ( $size < 128 ? chr( $size ) : chr( 128 + strlen( $long ) ) . $long ) . $content;
	}
}
