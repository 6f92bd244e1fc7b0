namespace Tda.Gateway.Spool;

/// <summary>Looks into the spool of a home without changing it, also while a gateway writes it.</summary>
public static class SpoolInspector
{
    /// <summary>What waits, session by session, oldest first.</summary>
    /// <param name="root">The home's spool folder; it need not exist.</param>
    public static IReadOnlyList<SpoolState> Inspect(string root) => [.. SpoolDirectory.All(root).Select(session => Inspect(session.Path, session.Session))];

    private static SpoolState Inspect(string path, Guid session)
    {
        using var reader = new SpoolReader(path, collectPartials: false);
        var batch = new List<SpooledExchange>();
        long first = 0, last = 0, count = 0;
        while (true)
        {
            batch.Clear();
            try
            {
                reader.Read(SpoolPosition.End, batch);
            }
            catch (FileNotFoundException)
            {
                // The gateway has drained it meanwhile.
            }

            if (batch.Count == 0)
            {
                return new(session.ToString(), first, last, count, [.. reader.Faults.Where(fault => !fault.Torn)]);
            }

            first = first == 0 ? batch[0].Exchange.Sequence!.Value : first;
            last = batch[^1].Exchange.Sequence!.Value;
            count += batch.Count;
        }
    }
}

/// <summary>What waits in the spool of one gateway run.</summary>
/// <param name="SessionId">The run.</param>
/// <param name="First">The first exchange's sequence number; 0 when there is none.</param>
/// <param name="Last">The last one's.</param>
/// <param name="Exchanges">How many can be read.</param>
/// <param name="Faults">Damaged places; a torn end is none.</param>
public sealed record SpoolState(string SessionId, long First, long Last, long Exchanges, IReadOnlyList<SpoolFault> Faults);
