//! Pictures of persons and organizations.

use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use fieldlog_commands::account::{
    AddMember, AvatarRefusal, RemoveAvatar, SetAvatar, add_member, avatar_id, find_avatar, remove_avatar, set_avatar,
};
use fieldlog_commands::policies::collect_orphan_blobs;
use fieldlog_commands::{CommandError, Done, PictureRefusal, Viewer};
use fieldlog_domain::account::MemberRole;
use fieldlog_domain::provenance::{Actor, Metadata};
use fieldlog_domain::shared::ClientType;
use fieldlog_domain::{AccountId, CommandId, CorrelationId, EventId, Sha256Digest, StreamId, StreamKind};
use fieldlog_eventlog::NewEvent;
use uuid::Uuid;

use crate::cloud::{Cloud, anonymous};

/// A picture of so many pixels a side.
fn picture(side: u32) -> Bytes {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![7; (side * side) as usize]).unwrap();
    writer.finish().unwrap();
    bytes.into()
}

async fn set(
    cloud: &Cloud,
    viewer: &Viewer,
    account: AccountId,
    picture: Bytes,
) -> Result<Done<()>, CommandError<AvatarRefusal>> {
    set_avatar(&cloud.app, viewer, SetAvatar { command_id: None, account, picture }).await
}

fn shown(cloud: &Cloud, account: AccountId) -> Option<Sha256Digest> {
    find_avatar(&cloud.app, &avatar_id(&cloud.app, account)).unwrap().map(|avatar| avatar.picture.digest)
}

/// What happens when somebody is forgotten.
async fn erase(cloud: &Cloud, account: AccountId) {
    let stream = StreamId::new(StreamKind::Account, account);
    let erased = NewEvent {
        event_id: EventId(Uuid::now_v7()),
        event_type: "account_erased".into(),
        event_version: "1.0.0".into(),
        payload: r#"{"type":"account_erased"}"#.into(),
        metadata: Metadata {
            actor: Actor::System,
            client: ClientType::Unknown,
            command_id: CommandId(Uuid::now_v7()),
            correlation_id: CorrelationId(Uuid::now_v7()),
            causation_id: None,
            resource: None,
        },
    };
    let sequence = cloud.app.log().read_stream(&stream, 0, usize::MAX).await.unwrap().len() as u64;
    cloud.app.log().append(&stream, sequence, vec![erased]).await.unwrap();
    cloud.caught_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_a_picture_of_their_own_choice() {
    let cloud = Cloud::start().await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let account = ana.account.unwrap();
    assert_eq!(shown(&cloud, account), None);
    cloud.seen(set(&cloud, &ana, account, picture(3)).await).await;
    assert_eq!(shown(&cloud, account), Some(Sha256Digest::of(&picture(3))));
    assert_eq!(set(&cloud, &ana, account, picture(3)).await.unwrap().receipt, None, "the same again");

    assert_eq!(set(&cloud, &ben, account, picture(4)).await.unwrap_err(), CommandError::Forbidden);
    assert_eq!(set(&cloud, &anonymous(), account, picture(4)).await.unwrap_err(), CommandError::Unauthenticated);
    let nobody = set(&cloud, &ana, AccountId(Uuid::now_v7()), picture(4)).await;
    assert_eq!(nobody.unwrap_err(), CommandError::NotFound("account"));
    let refused = set(&cloud, &ana, account, "bees".into()).await.unwrap_err();
    assert_eq!(refused, CommandError::Refused(AvatarRefusal::Picture(PictureRefusal::NotAPicture)));

    let remove = RemoveAvatar { command_id: None, account };
    assert_eq!(remove_avatar(&cloud.app, &ben, remove.clone()).await.unwrap_err(), CommandError::Forbidden);
    cloud.seen(remove_avatar(&cloud.app, &ana, remove.clone()).await).await;
    assert_eq!(shown(&cloud, account), None);
    assert_eq!(remove_avatar(&cloud.app, &ana, remove).await.unwrap().receipt, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_of_an_organization_is_for_those_who_manage_it() {
    let cloud = Cloud::start().await;
    let (ana, ben, eve) = (cloud.person("ana").await, cloud.person("ben").await, cloud.person("eve").await);
    let bees = cloud.organization(&ana, "bees").await;
    for (viewer, role) in [(&ben, MemberRole::Admin), (&eve, MemberRole::Creator)] {
        let add = AddMember { command_id: None, organization: bees, member: viewer.account.unwrap(), role };
        cloud.seen(add_member(&cloud.app, &ana, add).await).await;
    }
    cloud.seen(set(&cloud, &ana, bees, picture(3)).await).await;
    cloud.seen(set(&cloud, &ben, bees, picture(4)).await).await;
    assert_eq!(set(&cloud, &eve, bees, picture(5)).await.unwrap_err(), CommandError::Forbidden);
    assert_eq!(shown(&cloud, bees), Some(Sha256Digest::of(&picture(4))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_nobody_was_given_is_of_nothing() {
    let cloud = Cloud::start().await;
    let account = cloud.account("ana").await;
    let good = avatar_id(&cloud.app, account);
    assert!(find_avatar(&cloud.app, &good).is_ok());
    let unsigned = account.uuid().simple().to_string();
    let swapped = format!("{unsigned}{unsigned}");
    for bad in ["", "ana", &unsigned, &swapped, &good[..good.len() - 1], &format!("{good}0"), &good.to_uppercase(), "ä"]
    {
        assert_eq!(find_avatar(&cloud.app, bad).unwrap_err(), CommandError::NotFound("avatar"), "{bad}");
    }
    let stranger = avatar_id(&cloud.app, AccountId(Uuid::now_v7()));
    assert_eq!(find_avatar(&cloud.app, &stranger).unwrap_err(), CommandError::NotFound("avatar"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_nobodys_any_more_is_collected() {
    let cloud = Cloud::with(|settings| settings.orphan_grace = Duration::from_secs(3600)).await;
    let (ana, ben) = (cloud.person("ana").await, cloud.person("ben").await);
    let (of_ana, of_ben) = (ana.account.unwrap(), ben.account.unwrap());
    for side in [3, 4] {
        cloud.seen(set(&cloud, &ana, of_ana, picture(side)).await).await;
    }
    cloud.seen(set(&cloud, &ben, of_ben, picture(4)).await).await;
    let exists = |side| {
        let storage = cloud.app.storage().clone();
        async move { storage.exists(&Sha256Digest::of(&picture(side))).await.unwrap() }
    };
    cloud.clock.advance(TimeDelta::hours(2));
    assert_eq!(collect_orphan_blobs(&cloud.app).await.unwrap().blobs, 1, "the one that was replaced");
    assert!(!exists(3).await && exists(4).await);

    erase(&cloud, of_ana).await;
    let id = avatar_id(&cloud.app, of_ana);
    assert_eq!(find_avatar(&cloud.app, &id).unwrap_err(), CommandError::NotFound("avatar"));
    assert_eq!(collect_orphan_blobs(&cloud.app).await.unwrap().blobs, 0, "ben has the same picture");
    erase(&cloud, of_ben).await;
    assert_eq!(collect_orphan_blobs(&cloud.app).await.unwrap().blobs, 1);
    assert!(!exists(4).await);
}
