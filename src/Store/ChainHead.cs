namespace Tda.Store;

/// <summary>A gateway run's hash chain at a point.</summary>
/// <param name="Session">The run's id.</param>
/// <param name="Sequence">The number of the last exchange in it.</param>
/// <param name="Chain">The link after that exchange, lower-case hex.</param>
public sealed record ChainHead(string Session, long Sequence, string Chain);
