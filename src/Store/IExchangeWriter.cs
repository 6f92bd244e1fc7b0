namespace Tda.Store;

/// <summary>Adds to the log. Safe for concurrent use; an exchange is written once and never changed.</summary>
public interface IExchangeWriter
{
    /// <summary>Where the log is, for people: a path or a server, without credentials.</summary>
    string Location { get; }

    /// <summary>
    /// Writes one exchange; returns when it is as durable as the store was opened for. An id already there is left as it is.
    /// </summary>
    Task AppendAsync(Exchange exchange, CancellationToken cancellationToken = default) =>
        AppendAsync([exchange], [], cancellationToken);

    /// <summary>
    /// Writes several in one transaction, with the counters of the gateways' runs as they stand; all or none. Ids that are
    /// there already, or were erased, are passed over.
    /// </summary>
    /// <exception cref="TdaException">
    /// The store can't be written, or can't take one of them; nothing of the batch is stored. Append
    /// them one by one to keep the others.
    /// </exception>
    Task AppendAsync(
        IReadOnlyList<Exchange> exchanges, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken = default);

    /// <summary>
    /// Returns once the disk has all that was appended before the call, also where the store was not opened as
    /// <see cref="ExchangeStoreOptions.Synced"/>: one sync for many appends.
    /// </summary>
    /// <exception cref="TdaException">The disk did not take it.</exception>
    Task SyncAsync(CancellationToken cancellationToken = default);

    /// <summary>Inserts or updates a gateway's run.</summary>
    Task SaveSessionAsync(GatewaySession session, CancellationToken cancellationToken = default) =>
        AppendAsync([], [session], cancellationToken);

    /// <summary>Adds feedback.</summary>
    /// <returns>False when there is no such exchange.</returns>
    /// <exception cref="ArgumentException">The feedback has <see cref="Feedback.Errors"/>.</exception>
    Task<bool> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default);

    /// <summary>Adds to the audit; the store gives the number.</summary>
    Task AuditAsync(AuditEntry entry, CancellationToken cancellationToken = default);
}
