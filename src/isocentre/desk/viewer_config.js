// OHIF's configuration: where its images are, what lies over them (nothing), where a scan opens, and its first window.

// The line that every viewer page carries: in the header, beside the image; on a narrow screen at the very bottom.
const title = 'Isocentre \u2013 for research, not for diagnosis';
const narrow = window.innerWidth < 800;

function logo(React) {
  if (narrow) return React.createElement('span');
  return React.createElement('a', { href: '/', style: { color: 'white', padding: '0 8px' } }, title);
}

// Below this width the viewer's own tools lie over each other; the scan's page shows the same series as pictures.
const tooNarrow = window.innerWidth < 600;

function lineAtTheBottom() {
  const foot = document.createElement('div');
  Object.assign(foot.style, { position: 'fixed', bottom: 0, left: 0, right: 0, zIndex: 1, textAlign: 'center' });
  Object.assign(foot.style, { fontSize: '12px', color: 'white', background: '#041c4a' });
  const link = (href, textContent) => {
    const made = document.createElement('a');
    Object.assign(made, { href, textContent });
    Object.assign(made.style, { display: 'block', color: 'white' });
    return made;
  };
  const asked = [...new URLSearchParams(location.search)].find(([name]) => name.toLowerCase() === 'studyinstanceuids');
  if (tooNarrow && asked) {
    const pictures = link(
      '/archive/' + encodeURIComponent(asked[1].split(',')[0]),
      'The viewer needs a wider screen: see the pictures of this scan',
    );
    Object.assign(pictures.style, { padding: '8px', textDecoration: 'underline', fontSize: '16px' });
    foot.append(pictures);
  }
  foot.append(link('/', title));
  document.body.append(foot);
}
if (narrow) document.addEventListener('DOMContentLoaded', lineAtTheBottom);

// The frame around OHIF's own parts: a page that may be enlarged (WCAG 1.4.4; its own forbids it), with a heading for
// those who do not see it, and one main part.
document.querySelector('meta[name="viewport"]').content = 'width=device-width, initial-scale=1';
document.addEventListener('DOMContentLoaded', () => {
  const heading = document.createElement('h1');
  heading.textContent = 'A scan in the viewer';
  Object.assign(heading.style, { position: 'absolute', width: '1px', height: '1px', margin: '-1px' });
  Object.assign(heading.style, { overflow: 'hidden', clipPath: 'inset(50%)' });
  const head = document.createElement('header');
  head.append(heading);
  document.body.prepend(head);
  document.getElementById('root').setAttribute('role', 'main');
});

// A scan opens at its middle image, as a volume does: the first and last of a stack are often air, or nothing at all.
// An image named in the address still comes first (OHIF's own rule, `sopInstanceLocation`).
function opensInTheMiddle(protocol) {
  const copy = structuredClone(protocol);
  const viewports = [copy.defaultViewport, ...copy.stages.flatMap((stage) => stage.viewports)];
  for (const viewport of viewports) {
    viewport.viewportOptions.initialImageOptions = { custom: 'sopInstanceLocation', defaultValue: { preset: 'middle' } };
  }
  return copy;
}

// Where the header has no window (0028,1050), Cornerstone takes the range of each image by itself: brightness jumps
// from image to image, and an image of one value has an empty range, which spoils the grey scale for good (background white,
// tissue black, on every image after it). So a series without a window has one: the range of the first of its images
// shown that has a range, the middle one. Only this page knows it: what is stored, and what other clients are told, is
// what the header says.
function oneWindowForASeries({ eventTarget, metaData, cache, getEnabledElement, utilities, Enums }) {
  const windows = new Map();
  const waiting = new Set();
  const seriesOf = (imageId) => imageId.split('/instances/')[0];
  const windowOf = (imageId) => metaData.get('voiLutModule', imageId);

  // Asked last: what the header says comes first.
  metaData.addProvider((kind, imageId) => (kind === 'voiLutModule' ? windows.get(seriesOf(imageId)) : undefined), -1000);

  function shown({ currentTarget, detail: { image } }) {
    if (image.color || windowOf(image.imageId)?.windowCenter?.length) return;
    const { viewport } = getEnabledElement(currentTarget);
    const { minPixelValue: low, maxPixelValue: high, windowCenter, windowWidth } = image;
    if (low === high) {
      // Nothing is known of the series yet: one value everywhere is black, not white.
      waiting.add(viewport.id);
      const voiRange = { lower: low, upper: low + 255 };
      // Naming the other linear function has the curve made anew: an empty range has spoilt it for every later range.
      viewport.setProperties({ voiRange, VOILUTFunction: Enums.VOILUTFunctionType.LINEAR_EXACT });
      return;
    }
    windows.set(seriesOf(image.imageId), { windowCenter: [windowCenter], windowWidth: [windowWidth] });
    for (const loaded of viewport.getImageIds().map((id) => cache.getImage(id)).filter(Boolean)) {
      const known = windowOf(loaded.imageId);
      Object.assign(loaded, { windowCenter: known.windowCenter[0], windowWidth: known.windowWidth[0] });
    }
    if (waiting.delete(viewport.id)) {
      viewport.setProperties({ voiRange: utilities.windowLevel.toLowHighRange(windowWidth, windowCenter) });
    }
  }

  eventTarget.addEventListener(Enums.Events.ELEMENT_ENABLED, ({ detail: { element } }) =>
    element.addEventListener(Enums.Events.STACK_NEW_IMAGE, shown));
}

// What stands over the image, top left. A date that was shifted is never shown as if it were true (0028,0303).
const overItem = (id, title, words) => ({
  id, title, label: '', inheritsFrom: 'ohif.overlayItem',
  condition: ({ referenceInstance }) => Boolean(referenceInstance && words(referenceInstance)),
  contentF: ({ referenceInstance, formatters }) => words(referenceInstance, formatters),
});
const overTheImage = [
  overItem('Pseudonym', 'Pseudonym', ({ PatientID }) => PatientID),
  overItem('TimePoint', 'Time point', ({ ClinicalTrialTimePointID }) => ClinicalTrialTimePointID),
  overItem('StudyDate', 'Date of the scan', (header, formatters) => {
    const date = header.StudyDate && (formatters?.formatDate(header.StudyDate) ?? header.StudyDate);
    return date && header.LongitudinalTemporalInformationModified === 'MODIFIED' ? `shifted ${date}` : date;
  }),
  overItem('SeriesDescription', 'Series', ({ SeriesDescription }) => SeriesDescription),
];

const isocentre = {
  id: 'isocentre',
  preRegistration({ extensionManager }) {
    const shared = extensionManager.getModuleEntry('@ohif/extension-cornerstone.utilityModule.common');
    oneWindowForASeries(shared.exports.getCornerstoneLibraries().cornerstone);
  },
  getHangingProtocolModule({ servicesManager }) {
    const standard = servicesManager.services.hangingProtocolService.getProtocolById('default');
    return [{ name: 'default', protocol: opensInTheMiddle(standard) }];
  },
};

window.config = {
  routerBasename: '/', showStudyList: false, extensions: [isocentre], modes: [], maxNumberOfWebWorkers: 2,
  showWarningMessageForCrossOrigin: false, showCPUFallbackMessage: false, showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true,
  // Nothing lies over the image: no notice to be clicked away, no tour. The header says what the viewer is not for.
  investigationalUseDialog: { option: 'never' },
  customizationService: [{ 'ohif.tours': { $set: [] }, 'viewportOverlay.topLeft': { $set: overTheImage } }],
  // On a narrow screen the image comes first; the list of series opens by its button.
  modesConfiguration: {
    '@ohif/mode-longitudinal': {
      routes: { 0: { layoutInstance: { props: { leftPanelClosed: { $set: narrow } } } } },
    },
  },
  whiteLabeling: { createLogoComponentFn: logo },
  defaultDataSourceName: 'dicomweb',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'dicomweb',
    configuration: {
      friendlyName: 'Isocentre', name: 'isocentre',
      qidoRoot: location.origin + '/dicomweb', wadoRoot: location.origin + '/dicomweb',
      wadoUriRoot: location.origin + '/dicomweb', qidoSupportsIncludeField: false, supportsReject: false,
      imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true,
      supportsFuzzyMatching: false, supportsWildcard: true, singlepart: 'bulkdata,video',
      bulkDataURI: { enabled: true }, omitQuotationForMultipartRequest: true,
    },
  }],
};
