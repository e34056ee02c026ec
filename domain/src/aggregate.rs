//! Joins the pure `decide` and `apply` of each aggregate to the trait of `cqrs-es`, once.

/// What every event enum of Fieldlog can tell about itself besides `cqrs_es::DomainEvent`.
macro_rules! domain_event {
    ($event:ty) => {
        impl cqrs_es::DomainEvent for $event {
            fn event_type(&self) -> String {
                let name: &'static str = self.into();
                name.to_owned()
            }

            fn event_version(&self) -> String {
                self.version().to_owned()
            }
        }
    };
}

/// Implements `cqrs_es::Aggregate` over `decide(&self, command)` and `evolve(&mut self, event)`.
macro_rules! aggregate {
    ($state:ty, $kind:expr, $command:ty, $event:ty, $refusal:ty) => {
        impl cqrs_es::Aggregate for $state {
            const TYPE: &'static str = $kind;
            type Command = $command;
            type Event = $event;
            type Error = $refusal;
            type Services = ();

            async fn handle(
                &mut self,
                command: $command,
                (): &(),
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), $refusal> {
                for event in self.decide(command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: $event) {
                self.evolve(event);
            }
        }
    };
}

pub(crate) use {aggregate, domain_event};
