namespace Tda.Scoring.Lifecycle;

/// <summary>Something that was done to a finished index.</summary>
/// <param name="Command">Such as <c>tda index append</c>.</param>
/// <param name="Time">When it was started.</param>
/// <param name="Documents">Documents added, deleted or lost by it.</param>
public sealed record IndexChange(string Command, DateTimeOffset Time, int Documents);
