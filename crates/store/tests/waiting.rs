//! Callers who stop waiting make no room for others while their work goes on: otherwise a flood of impatient callers fills
//! the blocking threads and the memory.

use std::{sync::mpsc, time::Duration};

use store::{Address, Db, StoreError};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_waiting_keeps_the_place_until_the_work_ends() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::new(Address::Sqlite(folder.path().join("db")), 1);
    let (end, ended) = mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel::<()>();
    let long = db.write(move |_| {
        begun.send(()).unwrap();
        ended.recv().unwrap();
        Ok(())
    });
    // The caller goes as soon as the work has begun.
    tokio::select! {
        biased;
        begins = begins => begins.unwrap(),
        done = long => panic!("the work ended too early: {done:?}"),
    }

    let refused = db.run(|_| Ok(())).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable(why) if why == "all connections are busy"), "{refused}");

    end.send(()).unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(30), async { while db.run(|_| Ok(())).await.is_err() {} });
    waited.await.expect("room again");
}
