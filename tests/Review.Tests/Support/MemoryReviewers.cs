using System.Collections.Concurrent;
using Tda.Store.Reviews;

namespace Tda.Review.Tests.Support;

/// <summary>Accounts in memory, as the store keeps them.</summary>
internal sealed class MemoryReviewers : IReviewerStore
{
    private readonly ConcurrentDictionary<string, Reviewer> _accounts = new(StringComparer.Ordinal);

    /// <summary>Whether the store can't be reached.</summary>
    public bool IsAway { get; set; }

    /// <summary>Looks for an account so far.</summary>
    public int Finds { get; private set; }

    /// <summary>Run between a look and the change that follows it, once.</summary>
    public Action? Meanwhile { get; set; }

    public Task<bool> AddAsync(Reviewer reviewer, CancellationToken cancellationToken = default) => Task.FromResult(_accounts.TryAdd(reviewer.Name, reviewer));

    public Task<Reviewer?> FindAsync(string name, CancellationToken cancellationToken = default)
    {
        Reach();
        Finds++;
        return Task.FromResult(_accounts.GetValueOrDefault(name));
    }

    public Task<Reviewer?> FindIdentityAsync(string identity, CancellationToken cancellationToken = default) =>
        Task.FromResult(_accounts.Values.SingleOrDefault(account => account.Identity == identity));

    public Task<IReadOnlyList<Reviewer>> ListAsync(CancellationToken cancellationToken = default)
    {
        Reach();
        return Task.FromResult<IReadOnlyList<Reviewer>>([.. _accounts.Values.OrderBy(account => account.Name, StringComparer.Ordinal)]);
    }

    public Task<bool> ChangeAsync(Reviewer reviewer, CancellationToken cancellationToken = default)
    {
        var meanwhile = Meanwhile;
        Meanwhile = null;
        meanwhile?.Invoke();
        return Task.FromResult(_accounts.TryGetValue(reviewer.Name, out var old) && old.Generation == reviewer.Generation
            && _accounts.TryUpdate(reviewer.Name, reviewer with { Generation = old.Generation + 1 }, old));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Reach()
    {
        if (IsAway)
        {
            throw new TdaException("the reviewers can't be reached");
        }
    }
}
