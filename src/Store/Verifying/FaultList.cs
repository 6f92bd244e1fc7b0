namespace Tda.Store.Verifying;

/// <summary>Faults, of which only the first ones are kept: a log that is wrong throughout must not fill the memory.</summary>
internal sealed class FaultList
{
    public const int Most = 1000;

    private readonly List<VerificationFault> _faults = [];

    public IReadOnlyList<VerificationFault> Kept => _faults;

    public long LeftOut { get; private set; }

    public void Add(string subject, string reason)
    {
        if (_faults.Count < Most)
        {
            _faults.Add(new(subject, reason));
        }
        else
        {
            LeftOut++;
        }
    }
}
