use fieldlog_domain::{Md5Digest, Sha256Digest};
use proptest::prelude::*;

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn the_digest_of_nothing_is_the_known_one() {
    assert_eq!(Sha256Digest::of(b"").to_string(), EMPTY);
    assert_eq!(format!("{:?}", Sha256Digest::of(b"")), format!("SHA-256:{EMPTY}"));
}

#[test]
fn a_digest_in_upper_case_is_the_same_and_written_in_lower_case() {
    let digest: Sha256Digest = EMPTY.to_uppercase().parse().unwrap();
    assert_eq!(digest.to_hex(), EMPTY);
}

#[test]
fn what_is_no_digest_is_refused() {
    let too_long = format!("{EMPTY}00");
    for text in ["", "e3b0", &EMPTY[1..], &too_long, &EMPTY.replace('e', "g"), &format!("0x{}", &EMPTY[2..])] {
        text.parse::<Sha256Digest>().unwrap_err();
    }
    let error = "xyz".parse::<Md5Digest>().unwrap_err();
    assert_eq!(error.to_string(), "expected 32 hexadecimal digits of a MD5 digest, found \"xyz\"");
}

#[test]
fn a_digest_of_the_wrong_length_in_an_event_is_refused() {
    serde_json::from_str::<Sha256Digest>(r#""e3b0""#).unwrap_err();
    serde_json::from_str::<Md5Digest>(&format!("{EMPTY:?}")).unwrap_err();
}

proptest! {
    #[test]
    fn a_digest_is_read_back_from_its_text(bytes in any::<[u8; 32]>(), short in any::<[u8; 16]>()) {
        let (digest, md5) = (Sha256Digest(bytes), Md5Digest(short));
        prop_assert_eq!(digest.to_string().parse::<Sha256Digest>(), Ok(digest));
        prop_assert_eq!(md5.to_string().parse::<Md5Digest>(), Ok(md5));
        prop_assert_eq!(serde_json::from_str::<Sha256Digest>(&serde_json::to_string(&digest).unwrap()).unwrap(), digest);
    }

    #[test]
    fn different_contents_have_different_digests(one in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
        prop_assert_eq!(Sha256Digest::of(&one) == Sha256Digest::of(&other), one == other);
    }
}
