namespace Tda.Store;

/// <summary>Something in the log that does not hold.</summary>
/// <param name="Subject">The exchange or gateway session at fault: its id.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record VerificationFault(string Subject, string Reason);
